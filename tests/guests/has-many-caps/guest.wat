;; Sets more caps than there are lines
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (i32.store (i32.const 1284) (i32.const 4096))
  (i32.store (i32.const 1288) (i32.const 50))
  (call $right))
