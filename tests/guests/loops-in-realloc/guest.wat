;; Never returns from realloc, which the host calls to write the visit
;; with memory describe answer price batch
(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (loop $again (br $again)) (unreachable))
