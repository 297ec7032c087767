;; Asks for one page after the other
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32)
  (loop $again (br_if $again (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
  (unreachable))
