;; Answers for the day before the line
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (i32.store (i32.const 1032) (i32.const 20513))
  (call $right))
