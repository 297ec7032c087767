;; Asks for four gigabytes at once
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32) (drop (memory.grow (i32.const 65000))) (unreachable))
