;; Leaves a mark in its memory and answers differently when it finds it
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (if (i32.load (i32.const 60000)) (then (i64.store (i32.const 1056) (i64.const 1))))
  (i32.store (i32.const 60000) (i32.const 1))
  (call $right))
