;; Answers more than the quantity asked
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (i64.store (i32.const 1056) (i64.const 1001))
  (call $right))
