;; Leaves a mark in its table and answers differently when it finds it
;; with memory realloc describe answer batch
(table $marks 4 funcref)
(elem declare func $right)
(func (export "price") (param $visit i32) (result i32)
  (if (i32.eqz (ref.is_null (table.get $marks (i32.const 3)))) (then (i64.store (i32.const 1056) (i64.const 1))))
  (table.set $marks (i32.const 3) (ref.func $right))
  (call $right))
