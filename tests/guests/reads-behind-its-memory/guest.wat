;; Reads behind the end of its memory
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (i32.load (i32.const 131072)))
