;; Insures less than nothing
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (i64.store (i32.const 1072) (i64.const -9223372036854775808))
  (call $right))
