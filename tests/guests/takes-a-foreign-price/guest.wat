;; Takes a price that is not among the candidates
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (i32.store (i32.const 1048) (i32.const 77))
  (call $right))
