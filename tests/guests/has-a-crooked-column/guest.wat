;; Says that a column of quantities lies at an odd place
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (i32.store (i32.const 1236) (i32.const 1057))
  (call $right))
