;; Makes a note on a line that was not asked
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (i32.store (i32.const 1300) (i32.const 2104))
  (i32.store (i32.const 1304) (i32.const 1))
  (i32.store (i32.const 2104) (i32.const 1))
  (i32.store (i32.const 2108) (i32.const 9))
  (call $right))
