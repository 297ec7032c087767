;; Calls itself until the stack ends
;; with memory realloc describe answer batch
(func $deeper (param $depth i32) (result i32) (i32.add (call $deeper (i32.add (local.get $depth) (i32.const 1))) (i32.const 1)))
(func (export "price") (param $visit i32) (result i32) (call $deeper (i32.const 0)))
