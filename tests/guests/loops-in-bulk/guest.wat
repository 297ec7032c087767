;; Fills its memory again and again: few instructions, much work
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (loop $again (memory.fill (i32.const 65536) (i32.const 7) (i32.const 65536)) (br $again))
  (unreachable))
