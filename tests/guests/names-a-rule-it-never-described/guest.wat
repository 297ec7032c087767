;; Names a rule that it never described
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (i32.store (i32.const 1088) (i32.const 999))
  (call $right))
