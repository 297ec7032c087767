;; Keeps what it was told and answers differently the second time
;; with memory realloc describe answer batch
(global $calls (mut i32) (i32.const 0))
(func (export "price") (param $visit i32) (result i32)
  (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
  (if (i32.gt_u (global.get $calls) (i32.const 1)) (then (i64.store (i32.const 1056) (i64.const 1))))
  (call $right))
