;; Has a ceiling that is neither an amount nor shared
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (i32.store (i32.const 1268) (i32.const 2104))
  (i32.store (i32.const 1272) (i32.const 1))
  (i32.store8 (i32.const 2112) (i32.const 5))
  (call $right))
