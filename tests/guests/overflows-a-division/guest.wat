;; Divides the least number by minus one
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (i32.div_s (i32.const -2147483648) (i32.const -1)))
