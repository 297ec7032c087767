;; Traps in realloc
;; with memory describe answer price batch
(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (unreachable))
