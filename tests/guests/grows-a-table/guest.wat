;; Asks for one table entry after the other
;; with memory realloc describe answer batch
(table $entries 1 funcref)
(func (export "price") (param $visit i32) (result i32)
  (loop $again (br_if $again (i32.ne (table.grow $entries (ref.null func) (i32.const 1000)) (i32.const -1))))
  (unreachable))
