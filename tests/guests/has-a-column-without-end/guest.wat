;; Says that a column has four thousand million entries
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (i32.store (i32.const 1208) (i32.const -1))
  (call $right))
