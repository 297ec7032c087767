;; Answers a place that is not a multiple of four
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (i32.const 1201))
