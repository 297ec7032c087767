;; Has a cap whose kind is none
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (i32.store (i32.const 1284) (i32.const 2104))
  (i32.store (i32.const 1288) (i32.const 1))
  (i32.store8 (i32.const 2104) (i32.const 7))
  (call $right))
