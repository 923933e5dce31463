"""Words that stand where a name could stand and are none: `la participante Indígena`."""

from __future__ import annotations

import re

# Who holds an office is named by it.
_OFFICES = """
    actuaria actuario administrador administradora agente alcalde alcaldesa asesor asesora
    centro clinica comision comisionada comisionado consejera consejero consejo coordinacion
    coordinador coordinadora defensor defensora defensoria delegada delegado diputada diputado
    direccion director directora encargada encargado estado estatal federal fiscal fiscalia
    general gobernador gobernadora gobierno hospital instituto jefa jefe juez jueza juzgado
    juzgador juzgadora magistrada magistrado medica medico mexico ministerio ministra ministro
    municipal notaria notario oficial perita perito poder policia presidenta presidente
    procurador procuradora programa psicologa psicologo rector rectora regidor regidora
    representante sala secretaria secretario sistema subdirector subdirectora titular trabajador
    trabajadora tribunal unidad
"""
# What people write after `el señor` or `la participante` when they name nobody.
_EVERYDAY = """
    a activa activo ademas ahi al alli ano ante antes aqui atencion audiencia aun aunque ayer
    bajo becaria becario cada cocina como con contra covid cual cuando cuya cuyo da de del desde
    despues dia dijo dio donde durante e el ella ellas ellos embarazada en entre es esa ese esta
    estaba estan estas este esto estos estuvo fase femenina femenino fue fueron guardia ha hace
    han hasta hay hizo hombre hoy hubo iba indigena indirecta la las le les limpieza llego lo
    los luego mando mas masculina masculino mayor mayores mediante menor menores mes mi misma
    mismo mujer muy ni no nos nueva nuevas nuevo nuevos nunca o otra otras otro otros para
    pasante pero pidio por porque programa propia propio pues que quien se segun ser sera seria
    servicio si siempre sigue sin sobre son su sus tambien tiene toda todas todo todos tras
    turno tuvo un una unas uno unos va van varon y ya
"""
# What somebody is, with the capital that forms and lists give it.
_KINDS_OF_PEOPLE = """
    absuelta absuelto adulta adulto afromexicana afromexicano albanil ama analfabeta ausente
    autoridad campesina campesino casada casado chofer ciega ciego civil colectiva colectivo
    colombiana colombiano comerciante completa completo cubana cubano desempleada desempleado
    discapacidad divorciada divorciado docente egresante empleada empleado estudiante externa
    externo extranjera extranjero foranea foraneo gestante guatemalteca guatemalteco haitiana
    haitiano hispana hispano hondurena hondureno huichol interna interno irregular jornalera
    jornalero jubilada jubilado lactante legal libre local mazahua mazateca mazateco menor
    mexicana mexicano migrante mixteca mixteco nacional nahua nahuatl natural nina nino obrera
    obrero oculta oculto otomi pensionada pensionado perito presente primaria primario profuga
    profugo proxima proximo psiquiatrica psiquiatrico pueblo purepecha raramuri rural
    salvadorena salvadoreno soltera soltero sorda sordo sujeta sujeto tarahumara tojolabal
    totonaca tzeltal tzotzil urbana urbano vecina vecino venezolana venezolano victima viuda
    viudo voluntaria voluntario vulnerable yaqui zapoteca zapoteco zoque
    abierta abierto adicta adicto alta baja bancaria bancario breve cabeza diabetica
    diabetico hipertensa hipertenso original prorroga rubrica sello soporte trans vacantes visto
    contraloria cautelares diurno dual exitosa exitoso
    federal final fiscal formal humanos judicial legal moral nocturna nocturno oral particular
    recursos superior trasera vespertina vespertino penal procesal sanitaria sanitario sexual
"""
# What follows an office or `revisó:` when nobody is named.
_THINGS = """
    abril actividad agosto alcohol amparo anexa anexo antidoping apoyo archivo area asunto
    autografa boleta calle cannabis captura carpeta casa caso causa cedula cedulas cita civica
    civico clave coca cocaina codigo colonia comite constancia consulta correo cristal criterio
    cuadro cuarta cuarto datos decima decimo departamento derechos despacho detalle diciembre
    digital directa directo domingo doping edificio embarazo enero enlace error escrita escrito
    escuela estadistica etapa excel expediente familia febrero fentanilo ficha firma folio
    formato fortuita fortuito fuera fundacion grupo heroina hoja horario informe ingreso
    interior inventario jueves julio junio jurado juridica laboratorio libro linea lista lote
    lunes marihuana martes marzo mayo medida metanfetamina miercoles modulo muestra ninguna
    ninguno nivel nota notas noviembre numero octava octavo octubre oficialia oficina oficio
    omisa omiso organo orina pagina pago pais partido periodo plan planta plazo pleno previa
    previo proceso prueba punto quincena reactivos red reglamento relacion reporte respaldo
    resultado resultados resumen revision riesgo sabado saliva salud sangre sede seguimiento
    semana separada septiembre septima septimo sesion setiembre social subsede sujeto tabla
    taller telefono temporal total trabajo tramite trimestre unica unico urgente usuario vacante
    ventanilla viernes visita vista
"""
# What a participant does in a note, with and without its accent.
_DOES = """
    abandona abandono acepta acepto acredita acredito acude acudio alcanza alcanzo asiste
    asistio avanza avanzo cambia cambio causa causo completa completo concluye concluyo consume
    consumio contaba contesta contesto continua continuo cumple cumplio deja dejo desiste
    desistio egresa egreso entra entrega entrego entro fallece fallecio falta falto finaliza
    finalizo firma firmo indica indico ingresa ingreso inicia inicio llega manifesto manifiesta
    menciona menciono muere murio necesita niega obtiene obtuvo pasa paso perdio permanece
    permanecio pide pierde presenta presento reanuda reanudo recae recayo rechaza rechazo
    recibe recibio refiere refirio regresa regreso reingresa reingreso reinicia reinicio
    renuncia renuncio reporta reporto requiere requirio retira retiro revoca revoco sale salio
    solicita solicito supera supero suspende suspendio termina termino viene vive volvio vuelve
"""
# What stands between an office and a name: `la jueza de control adscrita Rosa …`.
_QUALIFIERS = """
    a adjunta adjunto administrativa administrativo adscrita adscrito agente al asistente
    auxiliar caso central clinica clinico control coordinador coordinadora cuarta cuarto de
    defensor defensora del distrito dr dra ejecucion el en encargada encargado especializada
    especializado estatal familiar federal forense fue general interina interino judicial
    juridica juridico la las lic licenciada licenciado los medica medico ministerio mixta mixto
    mtra mtro nueva nuevo oficio operativa operativo penal por primera primero privada privado
    psic psicologa psicologo publica publico quinta quinto regional responsable segunda segundo
    separada sexta sexto social suplente tercera tercero titular tratamiento turno
"""
# Called after somebody, or as somebody is.
_TOWNS = """
    benito juarez|lazaro cardenas|alvaro obregon|gustavo a|gustavo madero|miguel hidalgo
    |venustiano carranza|emiliano zapata|francisco madero|francisco i|nicolas romero
    |vicente guerrero|guadalupe victoria|gomez farias|gomez palacio|miguel aleman
    |ignacio zaragoza|jose maria|martinez de|santa ana|santa rosa|santa maria|santa cruz
    |santa barbara|santa catarina|santa lucia|santiago|zamora|cordoba|linares|garcia|escobedo
    |zapata|ocampo|rosales|camargo|jimenez|aldama|cardenas|galeana|matias romero|perote
    |salvador alvarado|simon bolivar|cuauhtemoc|juan aldama|felipe carrillo|carrillo puerto
    |othon p|isidro fabela|rosario|concepcion|valladolid|soledad|trinidad|cruz azul|del carmen
    |nuevo leon|nuevo laredo|baja california|quintana roo|playa del|poza rica|puerto vallarta
    |la paz|los cabos|los mochis|el mante|tuxtla gutierrez|del valle|del rio
"""
# The states, their capitals and the towns most often named.
_PLACES = """
    acapulco aguascalientes apatzingan apodaca atlixco azcapotzalco cadereyta california
    campeche cananea cancun cdmx celaya chalco chapala chetumal chiapas chihuahua chilpancingo
    cholula ciudad coahuila coatzacoalcos colima comitan comonfort cordoba coyoacan cozumel
    cuajimalpa cuautitlan cuautla cuernavaca culiacan delicias durango ecatepec ensenada estados
    fresnillo guanajuato guasave guaymas guerrero hermosillo hidalgo huixquilucan iguala
    irapuato ixtapaluca iztacalco iztapalapa iztapaluca jalapa jalisco laredo leon lerma linares
    manzanillo matamoros matehuala mazatlan merida mexicali mexico michoacan milpa mochis
    monclova montemorelos monterrey morelia morelos naucalpan navojoa nayarit neza
    nezahualcoyotl nogales nuevo oaxaca orizaba pachuca parral penjamo puebla puerto queretaro
    reynosa rioverde rosarito sabinas salamanca salina saltillo san santa santo silao sinaloa
    sonora tabasco tamaulipas tampico tapachula tecate tecoman tehuacan tenango tepic texcoco
    tijuana tlahuac tlalnepantla tlalpan tlaquepaque tlaxcala toluca tonala torreon tula
    tulancingo tultitlan tuxpan tuxtepec tuxtla uruapan veracruz villahermosa xalapa xochimilco
    yucatan zacatecas zamora zapopan zitacuaro
"""
# Of other tongues, and of every day all the same.
_BORROWED = """
    about antidoping both chat club covid crack dif doping each excel facebook first from
    hardware imss internet issste kept kiosk kit kits last left link must next online post sent
    software spam staff stock such test tests that this ticket want web week went were what
    whatsapp when which whom wifi will with word work workshop zoom
"""

OFFICES = frozenset(
    form for office in _OFFICES.split() for form in (office, f"{office}s", f"{office}es")
) | {"jueces"}
EVERYDAY = frozenset(_EVERYDAY.split()) | frozenset(_DOES.split())
QUALIFIERS = frozenset(_QUALIFIERS.split())
TOWNS = frozenset(town.strip() for town in _TOWNS.split("|"))
PLACES = frozenset(_PLACES.split())
BORROWED = frozenset(_BORROWED.split())
WORDS = EVERYDAY.union(
    *(words.split() for words in (_KINDS_OF_PEOPLE, _THINGS)),
    OFFICES,
    QUALIFIERS,
    PLACES,
    BORROWED,
)
# Verbs, and the long words that forms are made of: `Psiquiátrico`, `Institucional`.
_ENDS_OF_VERBS = re.compile(r"(?:aron|ieron|aban?|iendo|ando|mente|[ai]d[ao]s?)$")
_ENDS_OF_NOUNS = re.compile(
    r"(?:[cst]ion(?:es)?|dad(?:es)?|miento|.{3}(?:ic[oa]|iv[oa]|ist[ao]|ante|ente|able|ible)"
    r"|.{4}(?:[dt]or(?:a|es)?|encia|ancia|logia|ense)|.{6}(?:[ao]ri[oa]|al(?:es)?))s?$"
)


def is_word(word: str) -> bool:
    """Whether a word in lower case is no name: of every day, a place, or in such a form."""
    singular = word.removesuffix("s")
    return (
        word in WORDS
        or singular in WORDS
        or bool(_ENDS_OF_VERBS.search(word) or _ENDS_OF_NOUNS.search(word))
    )
