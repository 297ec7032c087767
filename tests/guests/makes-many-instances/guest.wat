;; Instantiates one module many times
(component
  (core module $core (memory 1))
  (; repeat 200 ;) (core instance (instantiate $core)) (; end ;))
