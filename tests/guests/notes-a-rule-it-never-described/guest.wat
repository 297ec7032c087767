;; Makes a note of a rule that it never described
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (i32.store (i32.const 1300) (i32.const 2104))
  (i32.store (i32.const 1304) (i32.const 1))
  (i32.store (i32.const 2104) (i32.const 500))
  (call $right))
