;; Copies its memory over itself again and again
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (loop $again (memory.copy (i32.const 65536) (i32.const 0) (i32.const 65536)) (br $again))
  (unreachable))
