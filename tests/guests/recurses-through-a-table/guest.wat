;; Calls itself through a table until the stack ends
;; with memory realloc describe answer batch
(type $deeper (func (param i32) (result i32)))
(table 1 funcref)
(elem (i32.const 0) $deeper)
(func $deeper (param $depth i32) (result i32) (i32.add (call_indirect (type $deeper) (local.get $depth) (i32.const 0)) (i32.const 1)))
(func (export "price") (param $visit i32) (result i32) (call $deeper (i32.const 0)))
