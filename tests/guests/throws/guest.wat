;; Uses exceptions
;; with memory realloc describe answer price batch
(tag $thrown)
(func $thrower (throw $thrown))
