;; Sets a shared cap below zero
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (i32.store (i32.const 1284) (i32.const 2104))
  (i32.store (i32.const 1288) (i32.const 1))
  (i32.store (i32.const 2104) (i32.const 0))
  (i32.store (i32.const 2112) (i32.const -1))
  (i32.store (i32.const 2116) (i32.const -1))
  (call $right))
