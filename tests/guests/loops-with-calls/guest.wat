;; Loops through calls instead of branches
;; with memory realloc describe answer batch
(func $step (param $count i32) (result i32) (i32.add (local.get $count) (i32.const 1)))
(func (export "price") (param $visit i32) (result i32)
  (local $count i32)
  (loop $again (local.set $count (call $step (local.get $count))) (br $again))
  (unreachable))
