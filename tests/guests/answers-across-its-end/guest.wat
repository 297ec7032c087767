;; Answers a place so near the end that the answer does not fit
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (i32.const 131040))
