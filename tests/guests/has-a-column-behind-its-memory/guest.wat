;; Says that a column lies behind the end of its memory
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (i32.store (i32.const 1204) (i32.const 5000000))
  (call $right))
