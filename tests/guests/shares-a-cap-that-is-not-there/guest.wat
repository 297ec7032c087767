;; Shares a cap that it never set
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (i32.store (i32.const 1268) (i32.const 2104))
  (i32.store (i32.const 1272) (i32.const 1))
  (i32.store (i32.const 2104) (i32.const 0))
  (i32.store8 (i32.const 2112) (i32.const 1))
  (i32.store (i32.const 2120) (i32.const 9))
  (i32.store (i32.const 2124) (i32.const 0))
  (call $right))
