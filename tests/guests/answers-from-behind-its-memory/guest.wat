;; Answers a place behind the end of its memory
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (i32.const 1000000))
