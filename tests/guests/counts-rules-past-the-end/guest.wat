;; Says that its part has four thousand million rules
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (i32.store (i32.const 1080) (i32.const -1))
  (call $right))
