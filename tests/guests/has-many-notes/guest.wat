;; Makes more notes than the visit can need
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (i32.store (i32.const 1300) (i32.const 4096))
  (i32.store (i32.const 1304) (i32.const 200))
  (call $right))
