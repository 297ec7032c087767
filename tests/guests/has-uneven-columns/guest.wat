;; Leaves one column without an entry
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (i32.store (i32.const 1232) (i32.const 0))
  (call $right))
