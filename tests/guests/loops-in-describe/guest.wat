;; Never returns from describe
;; with memory realloc answer price batch
(func (export "describe") (result i32) (loop $again (br $again)) (unreachable))
