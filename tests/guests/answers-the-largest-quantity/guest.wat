;; Answers the largest number there is
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (i64.store (i32.const 1056) (i64.const 9223372036854775807))
  (call $right))
