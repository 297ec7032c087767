;; Says that its first column has a million entries
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (drop (memory.grow (i32.const 100)))
  (i32.store (i32.const 1208) (i32.const 1000000))
  (call $right))
