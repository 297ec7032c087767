;; Asks for a gigabyte for the first column
;; with memory describe answer price batch
(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (drop (memory.grow (i32.const 16384))) (unreachable))
