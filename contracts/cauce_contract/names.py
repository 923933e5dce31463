"""Names that people in Mexico bear, so that one is known without its capital."""

from __future__ import annotations

# Without accents. After the national registries' most frequent names, and names of the
# country's own languages.
_GIVEN = """
    aaron abel abigail abraham abril adan adela adelina adilene adolfo adrian adriana agustin
    agustina aida alan alba alberta alberto aldo alejandra alejandro alexa alexander alexis
    alfonso alfredo alicia alma alondra alvaro amado amalia amanda amelia america amparo ana
    anahi andrea andres angel angela angeles angelica anita anselmo antonia antonio apolonio
    araceli ariadna ariana ariel armando arnulfo arturo asuncion aurelia aurelio aurora axel
    azucena barbara beatriz belen benigno benita benito benjamin bernabe bernarda bernardo
    bertha blanca brandon brayam brayan brenda briseida bruno bryan byron camila candelaria
    carina carla carlos carmela carmelo carmen carolina catalina cayetano cecilia celestino
    celia cesar christian christopher cinthia cipriano ciro citlali citlalli clara claudia
    claudio clemencia clemente concepcion conrado consuelo cornelio cristal cristian cristina
    cristobal cruz cuauhtemoc cynthia dafne dalia damaris damian dana daniel daniela dario david
    dayana debora delfina delia denisse desiree diana diego dilan dionisio dolores dominga
    domingo dora dulce edgar edgardo edith edmundo eduardo edwin efrain elda eleazar elena elias
    eligio elisa elizabeth eloisa eloy elsa elva elvia elvira emanuel emilia emiliano emilio
    emma emmanuel enedina enrique epifanio erasmo eric erica erick erika ernestina ernesto
    esmeralda esperanza esteban estefania estefany estela estephanie ester esther eugenia
    eugenio eulalia eunice eusebio eva evangelina evelia evelin evelyn ezequiel fabian fabiola
    fatima faustino fausto federico felicitas felipa felipe felix fermin fernanda fernando fidel
    fidencio flavio flor florencia florencio francisca francisco franco froylan gabino gabriel
    gabriela gael gamaliel genaro genoveva georgina gerardo german gerson gilberto gilda
    giovanni gisela gladys gloria gonzalo graciela gregoria gregorio griselda guadalupe
    guillermina guillermo gustavo hector heidi helena heriberto herlinda hermelinda hermenegildo
    hermila hilario hilda hipolito homero horacio hortensia hugo humberto ignacia ignacio iker
    ildefonso imelda ines ingrid irene iris irma irvin isaac isabel isabella isai isaias isela
    isidra isidro ismael israel itzayana itzel ivan ivette ivonne ixchel jacinta jacinto jacob
    jacobo jacqueline jaime jair jairo janet janeth jaqueline javier jazmin jennifer jenny
    jeremias jeronimo jessica jesus jesusa jimena joaquin joel johana johnny jonas jonatan
    jonathan jordan jorge jose josefa josefina joselin joshua josue jovita juan juana juanita
    judith julia julian juliana julieta julio julissa justina justino justo karen karina karla
    kassandra katherine katia kenia kevin kimberly lambertino laura lazaro leandro leobardo
    leonarda leonardo leoncio leonel leonila leonor leopoldo leslie leticia lidia lilia liliana
    linda lisandro liset lizbeth lizeth lorena lorenza lorenzo lourdes lucas lucero lucia
    luciana luciano lucila lucio lucrecia luis luisa lupita luz macaria macario magali magdalena
    maite manuel manuela mara marcela marcelina marcelino marcelo marco marcos margarita
    margarito maria mariana mariano maribel maricela maricruz marina mario marisela marisol
    maritza marlene martha martin martina mateo matias matilde maura mauricio mauro max
    maximiliano maximino mayra melanie melchor melina melissa mercedes mia micaela michelle
    miguel miguelina mireya miriam misael moises monica monserrat montserrat myriam nadia nahomi
    nahum nancy naomi narciso natalia natividad nayeli neftali nelida nelly nelson nereida nereo
    nestor nicanor nicolas nicolasa noe noel noelia noemi norberto norma obed octavio odilia
    odilon ofelia olaf olegario olga oliverio olivia omar onesimo oralia oscar osvaldo oswaldo
    otilia otilio pablo paloma pamela panfilo paola pascual patricia patricio paula paulina
    paulino paulo paz pedro penelope perla petra petronila pilar placido porfirio primitivo
    priscila prudencio quirino rafael rafaela ramiro ramon ramona raquel raul raymundo rebeca
    refugio regina reina reinaldo rene rey reyna reynaldo ricardo rigoberto rita roberta roberto
    rocio rodolfo rodrigo rogelio roman romeo romina romualdo ronaldo roque rosa rosalba rosalia
    rosalina rosalinda rosalio rosario rosaura rosendo rosita roxana ruben rufina rufino ruperto
    ruth sabina sabino salma salome salomon salvador samantha samuel sandra santa santiago
    santos sara sarahi saul sebastian selena selene serafin sergio severiano sheila silvano
    silverio silvestre silvia simon socorro sofia soledad sonia stephanie susana tadeo tania
    teodora teodoro teofilo teresa teresita tiburcio timoteo tomas tomasa trinidad ubaldo ulises
    uriel ursula valente valentin valentina valeria valerio vanesa vanessa vania venancio
    veronica vianey vicenta vicente victor victoria victoriano vidal violeta virgilio virginia
    viridiana viviana wendy wilberto wilfrido william wulfrano xavier ximena xitlali xochitl
    yadira yahir yair yamile yaneth yareli yaretzi yasmin yazmin yesenia yessica yolanda yoselin
    yuliana yuridia zacarias zaira zenaida zenon zoe zoila zulema
"""
_SURNAMES = """
    acevedo acosta acuna aguayo aguilar aguilera aguirre alanis alarcon alatorre alcala
    alcantara alcaraz aldana alfaro almanza almaraz almazan alonso alonzo altamirano alvarado
    alvarez amador amaro amaya anaya anguiano angulo aparicio aquino aragon aranda arce arellano
    arenas arevalo arguello arias armenta arredondo arreola arriaga arroyo arteaga avalos
    avendano avila aviles ayala baez baeza balam balderas ballesteros baltazar banuelos barajas
    barba barbosa barragan barraza barrera barrientos barrios barron bastida bautista becerra
    becerril bello beltran benavides benitez bermudez bernal betancourt blanco bocanegra bonilla
    borja bravo briones briseno brito bueno burgos bustamante bustos caballero cabrera cadena
    caldera calderon calvillo camacho camarena camargo campos canales canche cano canto cantu
    canul carbajal cardenas cardona carmona carranza carrasco carreno carreon carrera carrillo
    carrizales carvajal casas casillas castaneda castellanos castillo castro cauich cazares
    ceballos cedillo ceja centeno cepeda cerda cervantes cervera cespedes chable chan chavarria
    chavez chavira chi cisneros cohuo colin collazo contreras cordero cordoba cordova corona
    coronado coronel corral corrales correa cortes cortez cota covarrubias cruz cuellar cuevas
    davalos davila delgadillo delgado diaz dominguez duarte duenas duran dzib dzul echeverria
    elizalde elizondo enriquez escalante escalona escamilla escobar escobedo esparza espino
    espinosa espinoza esqueda esquivel estrada estrella euan fajardo farias felix fernandez
    ferrer fierro figueroa flores fonseca franco frausto frias fuentes galarza galicia galindo
    gallardo gallegos galvan galvez gamboa gamez gaona garay garcia garduno garibay garrido
    garza gaspar gaytan gil godinez godoy gomez gongora gonzaga gonzalez gordillo gracia
    granados grijalva guajardo guardado guerra guerrero guevara guillen gutierrez guzman haro
    heredia hernandez herrejon herrera hidalgo hinojosa huerta huitron hurtado ibanez ibarra
    iglesias iniguez islas izaguirre jacobo jaime jaimes jaramillo jasso jauregui jimenez juan
    juarez kauil ku landeros lara lazcano leal ledesma leija lemus leon leyva lima limon linares
    lira lizarraga llamas llanes loera lomeli longoria lopez lozada lozano lucero lugo luna
    macedo macias madera madrid madrigal magallanes magana maldonado mancera mancilla manriquez
    manzano maravilla marin marquez marroquin martinez mata matus maya mayorga medina medrano
    mejia melchor melendez melgar melo mena menchaca mendez mendieta mendoza meneses mercado
    merino meza millan miramontes miranda mireles mojica molina moncada mondragon monreal monroy
    montalvo montano montejano montes montiel montoya mora morales moreno moya munguia muniz
    munoz murguia murillo najera naranjo narvaez nava navarrete navarro negrete nieto nieves
    nolasco noriega novelo nunez oaxaca obregon ocampo ocana ochoa ojeda olguin olivares olivas
    olivera olmedo olmos olvera ontiveros ordaz ordonez orellana orozco orta ortega ortiz osorio
    osuna otero oviedo ozuna pacheco padilla padron palacios palma palomares palomino pantoja
    pardo paredes parra partida pascual pastrana patino pech pedraza pedroza pelayo pena perales
    peralta perea pereyra perez pimentel pina pineda plascencia polanco ponce poot portillo
    posada pozos prado preciado prieto puc puente puga pulido quezada quijano quintana
    quintanilla quintero quiroga quiroz rabago ramirez ramos rangel rascon raya rea rebolledo
    recendiz regalado rendon renteria resendiz reyes reyna reynoso ricardez rico rincon riojas
    rios rivas rivera rivero robledo robles rocha rodarte rodriguez rojas rojo roldan roman
    romero romo rosado rosales rosas rubio ruelas ruiz ruvalcaba saavedra sabido saenz salas
    salazar salcedo salcido saldana saldierna saldivar salgado salinas samaniego sanchez
    sandoval santana santiago santillan santoyo sauceda saucedo segovia segura sepulveda serna
    serrano servin sierra silva simental solano solis solorzano soria soriano sosa sotelo soto
    suarez tafoya tamayo tapia tejada tejeda tellez tello tenorio teran terrazas tinoco tirado
    toledo tolentino torres tovar trejo trevino trinidad trujillo tun tzab tzec uc ugalde ulloa
    urbina urena uresti urias uribe urrutia urzua valadez valderrama valdes valdez valdivia
    valencia valentin valenzuela valerio valladares valle vallejo valles vaquero varela vargas
    vasquez vazquez vega vela velarde velasco velazquez velez veloz vera verdugo vergara viana
    victoria vidal vidales viera vigil villa villafana villagomez villagran villalobos
    villalpando villanueva villarreal villasenor villegas viramontes xolalpa yanez yepez
    zaldivar zamarripa zambrano zamora zamudio zapata zaragoza zarate zavala zavaleta zepeda
    zermeno zuniga zurita
"""

# Words of every day too, or months and places: a name only beside another name.
_ALSO_WORDS = """
    abril amado amador amparo arenas barrera barrios bello blanca blanco bravo bueno caballero
    cadena campos canto carrera casas castillo centeno chan chi corral cruz delgado domingo
    flores fuentes gallardo gracia guadalupe guardado guerra guerrero hidalgo huerta iglesias
    islas juarez julio justo ku leal leon linda llamas luna luz madera madrid mar marco mata
    mercado mora moreno natividad navarro nieto nieves oaxaca obregon padron palacios pardo
    partida paz pilar posada prado puente ramos refugio regalado rico rios robles rojo rosado
    rubio sabido salas salinas santa santos segura sierra silva soto torres tun uc valle valles
    victoria villa zaragoza
"""

# Surnames that begin so, and no words of every day: the others need a capital.
_AFTER_PARTICLES = {
    "de": "anda alba haro hoyos jesus dios lira",
    "del": "angel carmen castillo moral razo toro villar",
    "de la": "barrera cerda cruz fuente garza hoz huerta madrid mora o parra portilla riva"
    " rocha rosa serna torre vara vega",
    "de los": "cobos reyes santos",
}

ALSO_WORDS = frozenset(_ALSO_WORDS.split())
NAMES = frozenset(_GIVEN.split()) | frozenset(_SURNAMES.split())
AFTER_PARTICLES = {
    particles: frozenset(surnames.split()) for particles, surnames in _AFTER_PARTICLES.items()
}
