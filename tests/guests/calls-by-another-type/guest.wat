;; Calls a function as one of another type
;; with memory realloc describe answer batch
(type $any (func (param i64) (result i32)))
(table 1 funcref)
(elem (i32.const 0) $right)
(func (export "price") (param $visit i32) (result i32)
  (call_indirect (type $any) (i64.const 1) (i32.const 0)))
