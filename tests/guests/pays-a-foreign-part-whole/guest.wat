;; Says that a part that is not there is paid whole
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (i32.store (i32.const 1276) (i32.const 2104))
  (i32.store (i32.const 1280) (i32.const 1))
  (i32.store (i32.const 2104) (i32.const 3))
  (call $right))
