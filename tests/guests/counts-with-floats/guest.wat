;; Decides with a floating-point number
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (i32.trunc_sat_f64_s (f64.mul (f64.const 0.1) (f64.const 3)))
  (drop)
  (call $right))
