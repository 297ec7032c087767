;; Answers from a day to the day before it
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (i32.store (i32.const 1040) (i32.const 20513))
  (call $right))
