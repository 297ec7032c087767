;; Divides by zero
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (i32.div_s (local.get $visit) (i32.const 0)))
