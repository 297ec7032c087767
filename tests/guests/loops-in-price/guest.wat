;; Never returns from price
;; with memory realloc describe answer batch
(func (export "price") (param $visit i32) (result i32) (loop $again (br $again)) (unreachable))
