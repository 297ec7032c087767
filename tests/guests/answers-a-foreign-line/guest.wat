;; Answers a line that was not asked
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (i32.store (i32.const 1024) (i32.const 4))
  (call $right))
