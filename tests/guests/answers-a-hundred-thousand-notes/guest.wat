;; Says that it has a hundred thousand notes
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (drop (memory.grow (i32.const 100)))
  (i32.store (i32.const 1304) (i32.const 100000))
  (call $right))
