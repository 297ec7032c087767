;; Answers with a discriminant that is neither decision nor refusal
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (i32.store8 (i32.const 1200) (i32.const 2))
  (call $right))
